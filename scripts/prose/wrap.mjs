// Wraps prose at a width: see scripts/wrap.mjs. A paragraph without a line that is too long stays as it is,
// so a second pass changes nothing.
import { paragraphsOf, regionsOf } from './passages.mjs';

export const WIDTH = 110;
export const lengthOf = (line) => [...line].length;
/**
 * Passages that stay on one line: a code span, a TSDoc link, a short pair of brackets such as a shape, an
 * image.
 */
const WHOLE = /!\[[^\]]*\]\([^)]*\)|`+[^`\n]+`+|\{@\w+ [^}]*\}|\[[^[\]]{1,24}\](?!\()|\S/gu;
/** A word that would have another meaning at the beginning of a line. */
const MEANS_ELSE = /^(?:[-+*#>|=]+|\d+[.)]|`{3,}.*|~{3,}.*|@\w.*|<[a-z/!].*|#\S*|\|.*|\[.*\]:)$/;
/**
 * A comment's line that is shorter than the width by more than this, though the next word would fit, is short
 * on purpose.
 */
const SHORT = 24;

/** The text with its prose wrapped. */
export function wrap(file, text, width = WIDTH) {
  const lines = text.split('\n');
  // From the end, so line numbers stay valid.
  for (const region of regionsOf(file, text).toReversed()) {
    const replacement = wrapRegion(region, lines, width);
    if (replacement) lines.splice(region.from, region.to - region.from + 1, ...replacement);
  }
  return lines.join('\n');
}

function wrapRegion(region, lines, width) {
  const { kind, from, to, heads } = region;
  if (!lines.slice(from, to + 1).some((line) => lengthOf(line) > width)) return undefined;
  const head = heads[0];
  const bodies = wrapBodies(region.bodies, width - lengthOf(head), kind === 'markdown');
  const withHead = bodies.map((body) => (head + body).trimEnd());
  if (kind === 'trailing') return [...withHead, region.code];
  if (kind !== 'block') return withHead;
  return [`${region.indent}/**`, ...withHead, `${region.indent} */`];
}

function wrapBodies(bodies, width, isMarkdown) {
  const result = [...bodies];
  for (const { from, to, indent, hang } of paragraphsOf(bodies, { isMarkdown }).toReversed()) {
    const lines = bodies.slice(from, to + 1);
    if (!lines.some((line) => lengthOf(line) > width)) continue;
    const runs = isMarkdown ? [lines] : runsOf(lines, width);
    const filled = runs.flatMap((run, index) =>
      run.some((line) => lengthOf(line) > width)
        ? fill(
            run.join(' '),
            width,
            ' '.repeat(index === 0 ? indent : indent + hang),
            ' '.repeat(indent + hang),
          )
        : run,
    );
    result.splice(from, to - from + 1, ...filled);
  }
  return result;
}

/**
 * Runs of lines that are wrapped together. A line that is short on purpose, as in a list of equations, ends
 * its run.
 */
function runsOf(lines, width) {
  const runs = [[lines[0]]];
  for (const [index, line] of lines.slice(1).entries()) {
    const previous = lines[index];
    const isShort = lengthOf(previous) + 1 + lengthOf(words(line)[0] ?? '') < width - SHORT;
    if (isShort) runs.push([line]);
    else runs.at(-1).push(line);
  }
  return runs;
}

/** A text's words. A passage that must stay on one line counts as one word. */
export function words(text) {
  const parts = [];
  let end = -1;
  for (const { 0: match, index } of text.matchAll(WHOLE)) {
    if (index === end) parts[parts.length - 1] += match;
    else if (
      parts.length > 0 &&
      MEANS_ELSE.test(match + (/^\S*/.exec(text.slice(index + match.length))?.[0] ?? ''))
    )
      parts[parts.length - 1] += ` ${match}`;
    else parts.push(match);
    end = index + match.length;
  }
  return parts;
}

function fill(text, width, first, rest) {
  const lines = [];
  let line = first;
  let isEmpty = true;
  for (const word of words(text)) {
    if (!isEmpty && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
