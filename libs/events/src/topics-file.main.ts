import { topicsFile } from './topics-file.js';

process.stdout.write(topicsFile());
