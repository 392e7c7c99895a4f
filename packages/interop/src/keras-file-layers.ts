/**
 * The layers in a Keras file, by the names of its arrays.
 *
 *     Keras 3, .weights.h5 and .keras   layers/lstm/cell/vars/0        kernel, recurrent kernel, bias
 *     Keras 2, and .h5 of Keras 3       lstm/lstm/lstm_cell/kernel:0   the layer's name, then the variable's
 */
import type { SafetensorsTensor } from '@unrolled/safetensors';

/** The arrays of one cell, dense layer, convolution, normalisation or embedding. */
export interface ArrayGroup {
  /** `layers/lstm/cell`, `lstm/lstm/lstm_cell`. */
  readonly path: string;
  /** The full names of its arrays: kernel or embeddings, recurrent kernel, bias. */
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  /** The name of an array by its index, even if the file lacks it. */
  readonly nameOf: (index: number) => string;
  readonly isKeras2: boolean;
}

/** One Keras layer with weights: one group, or one per direction. */
export interface FileLayer {
  readonly path: string;
  readonly directions: readonly ArrayGroup[];
}

type Arrays = ReadonlyMap<string, SafetensorsTensor>;

const KERAS_3 = /^(?:(.*)\/)?vars\/(\d{1,3})$/s;
const KERAS_2 =
  /^(?:(.*)\/)?(kernel|embeddings|recurrent_kernel|bias|gamma|beta|scale)((?:_\d+)?(?::\d+)?)$/s;
const SIDE = /(^|\/)(forward|backward)_[^/]*/;

/**
 * Groups arrays into layers, in the order of the arrays. Both directions of a bidirectional layer are one
 * layer.
 */
export function fileLayers(arrays: Arrays): FileLayer[] {
  const groups = groupsIn(arrays);
  const sides = new Map<string, Record<'forward' | 'backward', ArrayGroup[]>>();
  for (const group of groups) {
    const [parent, side] = sideOf(group.path);
    if (side === undefined) continue;
    const both = sides.get(parent) ?? { forward: [], backward: [] };
    both[side].push(group);
    sides.set(parent, both);
  }
  return groups.flatMap((group): FileLayer[] => {
    const [parent, side] = sideOf(group.path);
    const both = sides.get(parent);
    if (side === undefined || !both || both.forward.length !== both.backward.length) {
      return [{ path: group.path, directions: [group] }];
    }
    const place = both[side].indexOf(group);
    const directions = [both.forward[place]!, both.backward[place]!];
    return side === 'forward' ? [{ path: parent, directions }] : [];
  });
}

/** The path before `forward_…` or `backward_…`, and the direction. */
function sideOf(path: string): [parent: string, side: 'forward' | 'backward' | undefined] {
  const match = SIDE.exec(path);
  return match ? [path.slice(0, match.index), match[2] as 'forward' | 'backward'] : ['', undefined];
}

function groupsIn(arrays: Arrays): ArrayGroup[] {
  const groups = new Map<string, Map<string, string>>();
  for (const name of arrays.keys()) {
    const [, path = '', variable, ending] = KERAS_3.exec(name) ?? KERAS_2.exec(name) ?? [];
    if (variable === undefined) continue;
    const key = JSON.stringify([path, ending]);
    const group = groups.get(key) ?? new Map<string, string>();
    groups.set(key, group.set(variable, name));
  }
  return [...groups].map(([key, names]) => {
    const [path, ending] = JSON.parse(key) as [string, string | null];
    const isKeras2 = ending !== null;
    const first = ['embeddings', 'scale'].find((name) => names.has(name)) ?? 'kernel';
    const variables = names.has('recurrent_kernel')
      ? ['kernel', 'recurrent_kernel', 'bias']
      : names.has('gamma') || names.has('beta')
        ? ['gamma', 'beta']
        : [first, 'bias'];
    const nameOf = (index: number) =>
      `${path === '' ? '' : `${path}/`}${isKeras2 ? `${variables[index]}${ending}` : `vars/${index}`}`;
    const present = Array.from({ length: names.size }, (_, index) => nameOf(index)).filter((name) =>
      arrays.has(name),
    );
    return { path, names: present, shapes: present.map((name) => arrays.get(name)!.shape), nameOf, isKeras2 };
  });
}
