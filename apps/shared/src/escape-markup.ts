import { visible } from '@unrolled/errors';

/**
 * Text for HTML or SVG, between tags or inside a quoted attribute; control characters are {@link visible}.
 */
export function escapeMarkup(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return visible(text).replace(/[&<>"]/g, (character) => entities[character]!);
}
