import { splitWords } from '../words';

/**
 * The units that merges do not cross: the words of `splitWords`, each with the one space before it, so `the`
 * in a sentence is one piece, ` the`. Joined they are the text.
 */
export function splitPieces(text: string): string[] {
  const pieces: string[] = [];
  let space = '';
  for (const word of splitWords(text)) {
    if (isBlank(word)) {
      if (space) pieces.push(space);
      const hasSpace = word.endsWith(' ');
      if (!hasSpace || word.length > 1) pieces.push(hasSpace ? word.slice(0, -1) : word);
      space = hasSpace ? ' ' : '';
    } else {
      pieces.push(space + word);
      space = '';
    }
  }
  if (space) pieces.push(space);
  return pieces;
}

const isBlank = (word: string) => /^\s/.test(word);
