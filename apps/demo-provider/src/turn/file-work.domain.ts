import type { PromptMessage } from '../answer/answer.domain.js';
import type { DeclaredTool } from './conversation.domain.js';

/** One call of a coding agent's tool. */
export interface Work {
  readonly tool: DeclaredTool;
  readonly input: string | object;
}

const SHELLS = ['exec_command', 'Bash', 'bash', 'shell_command', 'shell', 'local_shell', 'run_command', 'execute'];
const FILE_NAME = String.raw`[\`"']?([\w./-]+\.\w+|\/[\w./-]+)[\`"']?`;
const CREATE = new RegExp(
  String.raw`\b(?:create|write|make)\s+(?:an?\s+|the\s+)?(?:new\s+)?file\s+(?:named\s+|called\s+)?${FILE_NAME}\s+(?:with|containing|that\s+says|saying)\s+(?:the\s+(?:text|content)\s+)?(.+)`,
  'i',
);
const PATCH = new RegExp(
  String.raw`\b(?:patch\s+in|add\s+by\s+a\s+patch)\s+(?:an?\s+|the\s+)?(?:new\s+)?file\s+${FILE_NAME}\s+(?:with|containing)\s+(.+)`,
  'i',
);
const EDIT = new RegExp(
  String.raw`\b(?:edit|change)\s+(?:the\s+)?(?:file\s+)?${FILE_NAME}\s*[:,]?\s*(?:and\s+)?replace\s+["'\`](.+?)["'\`]\s+(?:with|by)\s+["'\`](.*?)["'\`]`,
  'i',
);
const RUN = /\brun\s+(?:the\s+command\s+)?`([^`]+)`/i;

/**
 * What a coding agent's user asks for in plain words, as calls of the tools that this agent declares, one a step: to create
 * a file, to patch one in, to edit one, to run a command.
 */
export function fileWork(
  text: string,
  tools: readonly DeclaredTool[],
  prompt: readonly PromptMessage[],
): readonly Work[] {
  const [, patched, patchedText] = PATCH.exec(text) ?? [];
  if (patched !== undefined) return present(addByPatch(tools, patched, contentOf(patchedText ?? '')));
  const [, edited, before, after] = EDIT.exec(text) ?? [];
  if (edited !== undefined) return edits(tools, absolute(edited, prompt), edited, [before ?? '', after ?? '']);
  const [, created, content] = CREATE.exec(text) ?? [];
  if (created !== undefined) return creates(tools, created, contentOf(content ?? ''), prompt);
  const [, command] = RUN.exec(text) ?? [];
  return command === undefined ? [] : present(inShell(tools, command));
}

const present = (work: Work | null): readonly Work[] => (work === null ? [] : [work]);

/** The rest of the sentence, without quotes around it and the full stop behind it. */
function contentOf(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return line.replace(/[.!]$/, '').replace(/^(["'`])(.*)\1$/, '$2');
}

function creates(
  tools: readonly DeclaredTool[],
  path: string,
  content: string,
  prompt: readonly PromptMessage[],
): readonly Work[] {
  const quoted = `'${`${content}\n`.replaceAll("'", String.raw`'\''`)}'`;
  const work = inShell(tools, `printf %s ${quoted} > ${path}`) ?? addByPatch(tools, path, content);
  if (work !== null) return [work];
  const tool = tools.find(({ name }) => name === 'Write');
  return present(
    tool === undefined ? null : { tool, input: { file_path: absolute(path, prompt), content: `${content}\n` } },
  );
}

function inShell(tools: readonly DeclaredTool[], command: string): Work | null {
  const tool = tools.find(({ name, kind }) => kind === 'function' && SHELLS.includes(lastPart(name)));
  if (tool === undefined) return null;
  const properties = record(record(tool.schema)['properties']);
  if ('cmd' in properties) return { tool, input: { cmd: command } };
  const isList = record(properties['command'])['type'] === 'array';
  return { tool, input: { command: isList ? ['sh', '-c', command] : command } };
}

function addByPatch(tools: readonly DeclaredTool[], path: string, content: string): Work | null {
  return patch(tools, [`*** Add File: ${path}`, `+${content}`]);
}

function edits(
  tools: readonly DeclaredTool[],
  absolutePath: string,
  path: string,
  [before, after]: readonly [string, string],
): readonly Work[] {
  const edit = tools.find(({ name }) => name === 'Edit');
  const read = tools.find(({ name }) => name === 'Read');
  const work = { file_path: absolutePath, old_string: before, new_string: after };
  if (edit !== undefined) {
    const editing = { tool: edit, input: work };
    return read === undefined ? [editing] : [{ tool: read, input: { file_path: absolutePath } }, editing];
  }
  return present(patch(tools, [`*** Update File: ${path}`, '@@', `-${before}`, `+${after}`]));
}

/** For Codex' apply_patch: free text, or under `input` where its dialect has no free text. */
function patch(tools: readonly DeclaredTool[], lines: readonly string[]): Work | null {
  const tool = tools.find(({ name }) => lastPart(name) === 'apply_patch');
  if (tool === undefined) return null;
  const text = `${['*** Begin Patch', ...lines, '*** End Patch'].join('\n')}\n`;
  return { tool, input: tool.kind === 'custom' ? text : { input: text } };
}

/** Some agents' tools take absolute paths alone; the working folder stands in what they tell the model. */
function absolute(path: string, prompt: readonly PromptMessage[]): string {
  if (path.startsWith('/')) return path;
  const [, folder] = /(?:working directory: |<cwd>)(\/[^\s<]*)/i.exec(prompt.map(({ text }) => text).join('\n')) ?? [];
  return folder === undefined ? path : `${folder.replace(/\/$/, '')}/${path}`;
}

const lastPart = (name: string): string => name.split(/__|\./).at(-1) ?? name;

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
