/** An example of a text pair: a source and all its right targets. */
export interface Sourced {
  readonly source: string;
  readonly targets: readonly string[];
}

/** Sequences of three characters, with a mark at each end. */
function trigrams(text: string): Set<string> {
  const characters = ['\u0002', ...text, '\u0003'];
  return new Set(characters.slice(2).map((_, index) => characters.slice(index, index + 3).join('')));
}

/**
 * A baseline: for each source, the target of the example whose source shares the most trigrams with it
 * (Dice's coefficient).
 */
export function nearestTargets(examples: readonly Sourced[], sources: readonly string[]): string[] {
  const sizes = new Int32Array(examples.length);
  const places = new Map<string, number[]>();
  for (const [place, { source }] of examples.entries()) {
    const own = trigrams(source);
    sizes[place] = own.size;
    for (const trigram of own) {
      const known = places.get(trigram);
      if (known) known.push(place);
      else places.set(trigram, [place]);
    }
  }
  const shared = new Int32Array(examples.length);
  return sources.map((source) => {
    const own = trigrams(source);
    shared.fill(0);
    for (const trigram of own) for (const place of places.get(trigram) ?? []) shared[place]! += 1;
    let [best, most] = [0, -1];
    for (let place = 0; place < shared.length; place++) {
      const likeness = (2 * shared[place]!) / (sizes[place]! + own.size);
      if (likeness > most) [best, most] = [place, likeness];
    }
    return examples[best]!.targets[0]!;
  });
}
