export const ISOLATION: Readonly<Record<string, string>>;
export function serve(
  folder: string,
  options?: { readonly isolated?: boolean; readonly port?: number },
): Promise<{ readonly url: string; close(): Promise<void> }>;
