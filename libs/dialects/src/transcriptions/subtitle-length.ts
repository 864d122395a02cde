const LINES_OF_A_TIME = 4096;

/** The end of the last subtitle of an SRT or VTT, in thousandths of a second; null when there is none. */
export function subtitleMilliseconds(text: string): number | null {
  const tail = text.slice(-LINES_OF_A_TIME);
  const ends = [...tail.matchAll(/-->\s*(?:(\d{1,3}):)?(\d{2}):(\d{2})[.,](\d{3})/g)];
  const [, hours = '0', minutes = '0', seconds = '0', thousandths = '0'] = ends.at(-1) ?? [];
  if (ends.length === 0) return null;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(thousandths);
}
