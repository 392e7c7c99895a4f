const CHARACTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/** A text as it is typed in a shell: `\n`, `\r`, `\t` and `\\` are what they stand for. */
export function unescaped(text: string): string {
  return text.replace(/\\([nrt\\])/g, (_, name: string) => CHARACTERS[name]!);
}
