/** The parts of a model and its loss that a plan is made from, or why there is none. */
import { type AnyPart, deriveSeed, fillDropoutMask, type PartStructure, structureOf } from '@unrolled/cells';
import {
  isKnownActivation,
  isLayer,
  isMinimal,
  isRecurrent,
  type LayerData,
  layerType,
  type PartPath,
  type PlanLoss,
  type PlanModel,
  type PlanPart,
} from '@unrolled/kernels';

export type LossKind = PlanLoss;

/** A part that has no plan, in words. */
class Unplanned {
  constructor(readonly reason: string) {}
}

/** @returns the model for a planner, or in words why it has none */
export function planModel(model: AnyPart, loss: LossKind | undefined): PlanModel | string {
  if (!loss) return 'a loss that plans do not have';
  try {
    const part = planPart(model, { path: { params: '', state: '' }, sites: [] });
    return {
      part,
      loss,
      readsIds: model.inputKind === 'ids',
      inputSize: model.inputSize,
      outputSize: model.outputSize,
      isManyToOne: endsTime(part),
    };
  } catch (error) {
    if (error instanceof Unplanned) return error.reason;
    throw error;
  }
}

/**
 * Where a part stands: in the trees of parameters and states, and for what dropout draws (`forSite` of the
 * cells).
 */
interface Place {
  readonly path: PartPath;
  readonly sites: readonly number[];
}

const within = ({ params, state }: PartPath, name: string): PartPath => ({
  params: params + name,
  state: state + name,
});

const endsTime = (part: PlanPart): boolean =>
  part.type === 'lastOutput' || (part.type === 'stack' && part.parts.some(endsTime));

function planPart(part: AnyPart, place: Place): PlanPart {
  const structure = structureOf(part);
  if (!structure) throw new Unplanned(`${part.name ?? 'a cell'} is a part of the program's own`);
  const { path, sites } = place;
  const at = (site: number): Place => ({ path, sites: [...sites, site] });
  switch (structure.type) {
    case 'stack': {
      const parts = structure.parts.map((inner, index) =>
        planPart(inner, { path: within(path, `${index}.`), sites: [...sites, index] }),
      );
      return { type: 'stack', parts };
    }
    case 'lastOutput':
    case 'residual':
      return { type: structure.type, part: planPart(structure.part, place) };
    case 'dropout':
      return dropoutPart(structure.rate, structure.variational, place);
    case 'dropoutWrapper': {
      const { input, output, state, variational } = structure;
      if (state > 0) throw new Unplanned('dropout of a state');
      const inner = planPart(structure.part, at(3));
      const parts = [dropoutPart(input, variational, at(0)), inner, dropoutPart(output, variational, at(2))];
      return { type: 'stack', parts };
    }
    case 'bidirectional': {
      const direction = (name: 'forward' | 'backward', site: number) =>
        planPart(structure[name], { path: within(path, `${name}.`), sites: [...sites, site] });
      return { type: 'bidirectional', forward: direction('forward', 0), backward: direction('backward', 1) };
    }
    case 'tiedEmbedding': {
      const { vocabularySize, body } = structure;
      const inner = planPart(body, {
        path: { ...path, params: `${path.params}body.` },
        sites: [...sites, 1],
      });
      return { type: 'tiedEmbedding', vocabularySize, dimension: body.inputSize, path, body: inner };
    }
    default:
      return layerPart(structure, path);
  }
}

function dropoutPart(rate: number, variational: boolean, { sites }: Place): PlanPart {
  return {
    type: 'dropout',
    rate,
    fillMask: (mask, shape, seed) =>
      fillDropoutMask(mask, shape, { rate, variational, seed: sites.reduce(deriveSeed, seed) }),
  };
}

function layerPart(structure: PartStructure<AnyPart>, path: PartPath): PlanPart {
  const layer: unknown = structure;
  if (!isLayer(layer)) throw new Unplanned(structure.type);
  const lacking = lackingOf(layer);
  if (lacking !== undefined) throw new Unplanned(`${layer.type} with ${lacking}`);
  return { type: 'layer', layer, path };
}

/** What of a layer's options no plan has, as the fused kernels that it would run. */
function lackingOf(layer: LayerData): string | undefined {
  if (layer.type === 'linear')
    return isKnownActivation(layer.activation ?? 'linear') ? undefined : 'other activations';
  const [lacking] = layerType(layer).lacking(layer);
  if (lacking) return lacking;
  if (isMinimal(layer) && layer.inputKind === 'ids') return 'ids';
  const isHard =
    isRecurrent(layer) && 'recurrentActivation' in layer && layer.recurrentActivation === 'hardSigmoid';
  return isHard ? 'other activations' : undefined;
}
