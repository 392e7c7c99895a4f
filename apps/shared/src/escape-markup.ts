import { visible } from '@unrolled/errors';

/**
 * Escapes text for HTML or SVG, between tags or in a quoted attribute. Control characters become
 * {@link visible}.
 */
export function escapeMarkup(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return visible(text).replace(/[&<>"]/g, (character) => entities[character]!);
}
