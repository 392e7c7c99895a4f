// One valid call of each public function, and the known exceptions among the wrong ones.
import * as audio from '@unrolled/audio';
import * as audioNode from '@unrolled/audio/node';
import * as cells from '@unrolled/cells';
import * as cellsTesting from '@unrolled/cells/testing';
import * as data from '@unrolled/data';
import * as dataNode from '@unrolled/data/node';
import * as errors from '@unrolled/errors';
import * as errorsNode from '@unrolled/errors/node';
import * as forecaster from '@unrolled/forecaster';
import * as forecasterNode from '@unrolled/forecaster/node';
import * as forecasting from '@unrolled/forecasting';
import * as interop from '@unrolled/interop';
import * as interopKeras from '@unrolled/interop/keras';
import * as kernels from '@unrolled/kernels';
import * as kernelsNode from '@unrolled/kernels/node';
import * as tfLayers from '@unrolled/kernels/tf-layers';
import * as languageModel from '@unrolled/language-model';
import * as languageModelNode from '@unrolled/language-model/node';
import * as losses from '@unrolled/losses';
import * as metrics from '@unrolled/metrics';
import * as runs from '@unrolled/runs';
import * as runsNode from '@unrolled/runs/node';
import * as plots from '@unrolled/runs/plots';
import * as safetensors from '@unrolled/safetensors';
import * as safetensorsNode from '@unrolled/safetensors/node';
import * as sweeps from '@unrolled/sweeps';
import * as sweepsDatabase from '@unrolled/sweeps/database';
import * as training from '@unrolled/training';
import * as trainingNode from '@unrolled/training/node';
import { numberCalls } from './calls/numbers.mjs';
import { programCalls } from './calls/programs.mjs';
import { scoreCalls } from './calls/scores.mjs';
import { searchCalls } from './calls/searches.mjs';
import { soundCalls } from './calls/sounds.mjs';
import { tensorCalls } from './calls/tensors.mjs';
import { trainingCalls } from './calls/training.mjs';

/** The exports of each entry. */
export const packages = {
  ...{ audio, 'audio/node': audioNode },
  ...{ cells, 'cells/testing': cellsTesting, data, 'data/node': dataNode, errors, 'errors/node': errorsNode },
  ...{ forecaster, 'forecaster/node': forecasterNode, forecasting, interop, 'interop/keras': interopKeras },
  ...{ kernels, 'kernels/node': kernelsNode, 'kernels/tf-layers': tfLayers, losses, metrics },
  ...{ 'language-model': languageModel, 'language-model/node': languageModelNode },
  ...{ runs, 'runs/node': runsNode, 'runs/plots': plots, safetensors, 'safetensors/node': safetensorsNode },
  ...{ sweeps, 'sweeps/database': sweepsDatabase, training, 'training/node': trainingNode },
};

/**
 * By name, either a function that returns the arguments of a valid call, or a pair of functions: the first
 * creates the object, the second returns the arguments of its method. Arguments are created for each call.
 */
export const CALLS = {
  ...numberCalls,
  ...scoreCalls,
  ...searchCalls,
  ...soundCalls,
  ...tensorCalls,
  ...trainingCalls,
  ...programCalls,
};

/** Functions that are not called, by the beginning of their names, each with the reason. */
export const SKIPPED = {
  'runs/node:interrupt': 'it takes over the signals of this process',
  'cells:layerType': 'the layers of kernels, as the type says',
  'forecaster/node:openTaskThread': 'its threads would outlive the call',
  'cells:dense().unroll': 'part of the contract for cells that users write; unroll calls it',
  'interop/keras:new KerasArrays': 'created by readKeras; public as a type only',
  'kernels:createSampler().check': 'private',
  'kernels:createSampler().threadsFor': 'private',
  'kernels:createSampler().run': 'private',
  'kernels:new Sampler': 'created by createSampler',
  'kernels:tellFallback': 'called by the packages',
  'kernels:firstOrderCheckOf': 'called by the packages',
  'kernels:new StepPlanner': 'created by modelLoss',
  'kernels:isLayer': 'called by the packages',
  'kernels:canStep': 'called by the packages',
  'kernels:isStepActivation': 'called by the packages',
  'kernels:createSteps': 'called by stepper',
  'kernels:new Steps': 'created by stepper',
  'kernels:isKnownActivation': 'called by the packages',
  'sweeps:gridSampler().count': 'called by a study',
  'sweeps:gridSampler().from': 'called by a study',
  'sweeps:gridSampler().sample': 'called by a study',
  'sweeps:hyperbandPruner().shouldPrune': 'called by a study',
  'sweeps/database:folderStore()': 'called by a worker',
  'sweeps/database:s3Store': 'it connects to a server',
  'cells:bridgedStates': 'called by the packages',
  'cells:dropoutGeneratorSeed': 'called by the packages',
  'errors:checksOf': 'called by the packages, with constants',
  'errors:lengthsCheckOf': 'called by the packages, with constants',
  'errors:kindCheckOf': 'called by the packages, with constants',
  'errors:optionsCheckOf': 'called by the packages, with constants',
  'errors:listed': 'called by the packages, with names',
  'errors:cut': 'called by the packages, with texts',
  'errors:quoted': 'called by the packages, with texts',
  'errors:visible': 'called by the packages, with texts',
  'errors:refuser': 'called by the packages, with texts',
  'errors:new UnrolledError': 'called by the packages, with texts',
};

/**
 * Functions whose objects may have other properties: they read a part of a larger record, or a record of any
 * names.
 */
export const OPEN = new Set([
  ...['forecaster:resolveSettings', 'forecaster:modelName', 'forecaster:buildNetwork'],
  ...['data:countCharacters', 'data:priceColumns', 'runs:checkpointOf', 'runs:stepLimit'],
  ...['language-model:architectureOf', 'language-model:checkSettings', 'language-model:unitsOf'],
  ...['language-model:fingerprintOf', 'language-model:orderUnits', 'language-model:gradientProfile'],
  ...['language-model:activationsOf', 'language-model:paramsOf', 'language-model:savedModel'],
  ...['language-model:checkpointConfig', 'language-model:grownParams', 'language-model:tokensFor'],
  ...['language-model:defaultsOfText', 'language-model:contextInWords', 'language-model:batchesPerEpoch'],
]);

const ANY = { includes: () => true };

/** Values that a function accepts though its declaration does not, by a pattern of its name and argument. */
export const ACCEPTED = [
  // An object with an address is accepted as an address.
  [/workerUrl$/, ['object', 'another object', 'map', 'array', 'typed array']],
  // Each argument is one number of the list.
  [/integers\.0$/, ['three', 'minus', 'zero']],
  // A NaN loss counts as no improvement, a NaN factor as an unknown one.
  [/observe\.1$|factorInWords\.0$/, ['NaN']],
  // These functions return false for a value of another type.
  [
    /^(cells:(isCell|isManyToOne|structureOf)|kernels:(isRecurrent|isMinimal|hasFusedKernel|canStack|canSample))/,
    ANY,
  ],
  // Any record of numbers and texts is accepted.
  [/operator\.2$/, ['another object']],
  // NaN excludes a class from the means.
  [/^metrics:.*zeroDivision$/, ['NaN']],
  // A trial with a NaN loss is stopped, or fails.
  [/^sweeps:createStudy\(\)\.report\.2$/, ['NaN']],
  // A NaN loss has a NaN perplexity.
  [/^losses:(bitsPerCharacter|perplexity)/, ['NaN']],
  // A Map has a `size`, the only option that pooling reads.
  [/^cells:(max|average)Pool[12]d\.0$/, ['map']],
  // Lengths are read by index, so a typed array is accepted like an array.
  [/^cells:\w+\(\)\.unroll\.3\.lengths$/, ['typed array']],
  // A cell without random parts does not read the context of a step.
  [/^cells:attentionWrapper\(\)\.step\.3/, ANY],
];

/** Functions that fail with the system's own error; their callers turn it into one of our messages. */
export const SYSTEMS = /^errors\/node:/;
