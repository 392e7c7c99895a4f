/**
 * Converts a model and its loss to the input of a plan, or returns the reason why plans do not support it.
 */
import {
  type AnyPart,
  bridgedStates,
  deriveSeed,
  dropoutGeneratorSeed,
  type PartStructure,
  structureOf,
} from '@unrolled/cells';
import {
  type AttentionPart,
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
  type PlanSource,
} from '@unrolled/kernels';

export type LossKind = PlanLoss;

/** A part that plans do not support, as text. */
class Unplanned {
  constructor(readonly reason: string) {}
}

/** @returns the model for a planner, or the reason why there is none */
export function planModel(model: AnyPart, loss: LossKind | undefined, smoothing: number): PlanModel | string {
  if (!loss) return 'a loss that plans do not support';
  try {
    const pair = structureOf(model);
    const isPair = pair?.type === 'encoderDecoder';
    const part = planPart(isPair ? pair.decoder : model, {
      path: { params: isPair ? 'decoder.' : '', state: '' },
      sites: isPair ? [1] : [],
    });
    if (countAttention(part) !== (isPair ? 1 : 0)) throw new Unplanned(attentionInWords(part, isPair));
    if (isPair && model.inputKind !== 'ids') throw new Unplanned('a decoder that reads vectors');
    if (loss === 'ctc' && (isPair || endsTime(part)))
      throw new Unplanned('CTC with an output that is not a sequence of steps');
    return {
      part,
      loss,
      smoothing,
      source: isPair ? sourceOf(pair) : undefined,
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

const countAttention = (part: PlanPart): number => {
  if (part.type === 'attention') return 1;
  const inner = part.type === 'stack' ? part.parts : part.type === 'tiedEmbedding' ? [part.body] : [];
  return ('part' in part ? [part.part] : inner).reduce((sum, one) => sum + countAttention(one), 0);
};

function attentionInWords(part: PlanPart, isPair: boolean): string {
  if (!isPair) return 'attention without an encoder';
  return countAttention(part) === 0 ? 'a decoder without attention' : 'several attention wrappers';
}

/** An encoder with its bridge. */
function sourceOf(structure: PartStructure<AnyPart> & { type: 'encoderDecoder' }): PlanSource {
  const { encoder, bridge } = structure;
  const states = bridgedStates(structure).map((state) => ({
    ...state,
    params: state.path === '' ? 'bridge.' : `bridge.${state.path}.`,
  }));
  const part = planPart(encoder, { path: { params: 'encoder.', state: '' }, sites: [0] });
  if (countAttention(part) > 0) throw new Unplanned('an encoder that attends');
  return {
    part,
    readsIds: encoder.inputKind === 'ids',
    inputSize: encoder.inputSize,
    outputSize: encoder.outputSize,
    bridge: { kind: bridge, states },
  };
}

/**
 * The position of a part: in the trees of parameters and states, and for the random numbers of dropout
 * (`forSite` of the cells).
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
  if (!structure) throw new Unplanned(`${part.name ?? 'a cell'}, a user-defined part`);
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
      if (state > 0) throw new Unplanned('state dropout');
      const inner = planPart(structure.part, at(3));
      const parts = [dropoutPart(input, variational, at(0)), inner, dropoutPart(output, variational, at(2))];
      return { type: 'stack', parts };
    }
    case 'bidirectional': {
      const direction = (name: 'forward' | 'backward', site: number) =>
        planPart(structure[name], { path: within(path, `${name}.`), sites: [...sites, site] });
      return { type: 'bidirectional', forward: direction('forward', 0), backward: direction('backward', 1) };
    }
    case 'attentionWrapper':
      return attentionPart(structure, place);
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
    seedAt: (time, seed) => dropoutGeneratorSeed(sites.reduce(deriveSeed, seed), time, variational),
  };
}

function attentionPart(
  structure: PartStructure<AnyPart> & { type: 'attentionWrapper' },
  { path, sites }: Place,
): AttentionPart {
  const { score, cell, memorySize, units, normalized, attentionUnits, inputFeeding } = structure;
  const { activation = 'tanh' } = structure;
  if (score === 'scaled' || normalized)
    throw new Unplanned(`attention with a ${normalized ? 'normalized' : 'scaled'} score`);
  const isKnown = inputFeeding ? ['tanh', 'linear'].includes(activation) : isKnownActivation(activation);
  if (attentionUnits && !isKnown) throw new Unplanned('attention with an unsupported activation');
  const querySize = cell.outputSize;
  const inner = planPart(cell, { path: { params: `${path.params}cell.`, state: path.state }, sites });
  const isLayer = inner.type === 'layer' && isRecurrent(inner.layer);
  if (inputFeeding && !isLayer) throw new Unplanned('input feeding around a cell that is not a single layer');
  return {
    type: 'attention',
    ...{ score, cell: inner, path, querySize, memorySize, attentionUnits },
    keySize: score === 'additive' ? (units ?? querySize) : score === 'general' ? querySize : memorySize,
    activation: attentionUnits ? activation : 'linear',
    fed: inputFeeding ? (inner as AttentionPart['fed']) : undefined,
  };
}

function layerPart(structure: PartStructure<AnyPart>, path: PartPath): PlanPart {
  const layer: unknown = structure;
  if (!isLayer(layer)) throw new Unplanned(structure.type);
  const lacking = lackingOf(layer);
  if (lacking !== undefined) throw new Unplanned(`${layer.type} with ${lacking}`);
  return { type: 'layer', layer, path };
}

/** The options of a layer that plans do not support; the fused kernels do not support them either. */
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
