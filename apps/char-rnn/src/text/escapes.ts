const CHARACTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/** A text as typed in a shell, in which `\n`, `\r`, `\t` and `\\` are escapes. */
export function unescaped(text: string): string {
  return text.replace(/\\([nrt\\])/g, (_, name: string) => CHARACTERS[name]!);
}
