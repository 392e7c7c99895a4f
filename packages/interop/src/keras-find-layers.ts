/** Matches the layers of a Keras file to ours. */
import { listed } from '@unrolled/errors';
import type { Described } from './keras-description';
import type { ArrayGroup, FileLayer } from './keras-file-layers';
import { kerasLeafLayout } from './keras-layout';
import { isRecurrent, type WeightedLayer } from './model';
import { refuse } from './refuse';

/**
 * The layers in model order: that of the description, or otherwise that of the file, with `lstm_2` before
 * `lstm_10`.
 */
export function inOrder(layers: readonly FileLayer[], described: readonly Described[]): readonly FileLayer[] {
  if (layers.every(({ directions: [group] }) => group!.isKeras2)) return layers;
  const places = new Map(described.map(({ path }, index) => [path, index]));
  const placeOf = ({ directions }: FileLayer) => places.get(directions[0]!.path) ?? places.size;
  return [...layers].sort((a, b) => placeOf(a) - placeOf(b) || comparePaths(a.path, b.path));
}

function comparePaths(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  const place = one.findIndex((part, index) => part !== other[index]);
  return place < 0 ? one.length - other.length : numeric.compare(one[place]!, other[place] ?? '');
}

const numeric = new Intl.Collator('en', { numeric: true });

/** The layers of a file in the given folders. A repeated folder means the next layer in it. */
export function byNames(names: readonly string[], inFile: readonly FileLayer[]): (FileLayer | undefined)[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return inFile.filter(({ path }) => path === name || path.startsWith(`${name}/`))[count];
  });
}

/**
 * The layers of a file if the caller gave no names: those that a Sequential would have, otherwise those of
 * the matching kind and shapes, in the order of the file if it has one. Undefined if there is none of the
 * kind.
 */
export function findLayers(
  scope: string,
  layers: readonly WeightedLayer[],
  folders: readonly string[],
  inFile: readonly FileLayer[],
  isOrdered: boolean,
): (FileLayer | undefined)[] {
  const usual = folders.map((folder) =>
    inFile.find(({ path }) => path === folder || path === `${folder}/cell` || path === `${folder}/layer`),
  );
  // Keras has attention's dense layers in another order, so they are matched by shape.
  const isSized = usual.every((one, index) => one && hasShapes(layers[index]!, one));
  const areTold = layers.some(({ directions: [{ layer }] }) => layer.type === 'attentionWeight');
  if (usual.every(Boolean) && (isSized || !areTold)) return usual;
  const left = new Set(inFile);
  return layers.map((layer) => {
    const kind = [...left].filter((one) => isAlike(layer, one));
    const candidates = kind.filter((one) => hasShapes(layer, one));
    if (candidates.length > 1 && !isOrdered && !areSiblings(candidates))
      refuseAmbiguous(scope, layers, inFile);
    const [found] = candidates.length > 0 ? candidates : kind;
    if (found) left.delete(found);
    return found;
  });
}

function refuseAmbiguous(
  scope: string,
  layers: readonly WeightedLayer[],
  inFile: readonly FileLayer[],
): never {
  refuse(scope, {
    expected: `names that assign a group to each of ${layers.map(({ directions }) => directions[0].name).join(', ')}`,
    got: `several possible groups: ${listed(inFile.map(({ path }) => path))}`,
    remedy: "set the option names, one per layer, such as ['encoder', 'layers/lstm', 'head']",
  });
}

/** Whether both layers are recurrent, or neither is, with equal numbers of directions. */
function isAlike({ directions }: WeightedLayer, layer: FileLayer): boolean {
  return (
    directions.length === layer.directions.length &&
    layer.directions.every(({ shapes }) => (shapes[1]?.length === 2) === isRecurrent(directions[0]))
  );
}

function hasShapes({ directions }: WeightedLayer, layer: FileLayer): boolean {
  return directions.every((leaf, direction) => {
    const { shapes } = layer.directions[direction]!;
    const { slots } = kerasLeafLayout(leaf, String, !isRecurrent(leaf) || shapes.length > 2);
    return JSON.stringify(Object.values(slots)) === JSON.stringify(shapes);
  });
}

/** Whether the paths differ only in their numbers, which Keras assigns in layer order. */
function areSiblings(layers: readonly FileLayer[]): boolean {
  return new Set(layers.map(({ path }) => path.replace(/_\d+(?=\/|$)/g, ''))).size === 1;
}

/**
 * The description of each group in a file. In a file of Keras 2, the groups of a layer are in the order of
 * its description.
 */
export function settingsOf(
  inFile: readonly FileLayer[],
  described: readonly Described[],
): ReadonlyMap<ArrayGroup, Described> {
  const byPath = new Map(described.map((one) => [one.path, one]));
  const groups = inFile.flatMap(({ directions }) => directions);
  const layerOf = ({ path }: ArrayGroup) => path.split('/')[0]!;
  const inLayer = gathered(groups, layerOf);
  const describedIn = gathered(
    described.filter(({ hasWeights }) => hasWeights),
    ({ layer }) => layer,
  );
  const settings = new Map<ArrayGroup, Described>();
  for (const group of groups) {
    const own = byPath.get(group.path);
    if (own && !group.isKeras2) settings.set(group, own);
  }
  for (const [layer, siblings] of inLayer) {
    const same = describedIn.get(layer) ?? [];
    if (siblings.length !== same.length || !siblings[0]!.isKeras2) continue;
    for (const [index, group] of siblings.entries()) settings.set(group, same[index]!);
  }
  return settings;
}

function gathered<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const item of items) {
    const list = lists.get(keyOf(item)) ?? [];
    list.push(item);
    lists.set(keyOf(item), list);
  }
  return lists;
}
