const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const plainIntervalMs = 10_000;
const frameIntervalMs = 100;

const seconds = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/**
 * Runs one long step and shows that it lives: a moving line on a terminal; in a pipe a line at the start, one every 10 s
 * and one at the end. Everything goes to stderr, so that stdout stays the command's own.
 */
export async function showStep(name, work) {
  const started = Date.now();
  const elapsed = () => seconds(Date.now() - started);
  const live = process.stderr.isTTY;
  let frame = 0;
  const draw = () => {
    frame = (frame + 1) % frames.length;
    process.stderr.write(`\r\u001B[2K${frames[frame]} ${name} … ${elapsed()}`);
  };
  if (!live) process.stderr.write(`${name} …\n`);
  const timer = live
    ? setInterval(draw, frameIntervalMs)
    : setInterval(() => process.stderr.write(`${name} … ${elapsed()}\n`), plainIntervalMs);
  const end = (mark) => {
    clearInterval(timer);
    if (live) process.stderr.write('\r\u001B[2K');
    process.stderr.write(`${mark} ${name} (${elapsed()})\n`);
  };
  try {
    const result = await work();
    end('✓');
    return result;
  } catch (error) {
    end('✗');
    throw error;
  }
}
