// One valid call of each public function, and what is known of the wrong ones.
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
 * By name, either a function that gives the arguments of a valid call, or a pair: one that makes the object,
 * and one that gives the arguments of its method. Arguments are created for each call.
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

/** Functions that are not called, by how their names begin, and why. */
export const SKIPPED = {
  'runs/node:interrupt': 'it takes over the signals of this process',
  'cells:layerType': 'the layers of kernels, as the type says',
  'forecaster/node:openTaskThread': 'its threads would outlive the call',
  'cells:dense().unroll': 'of cells that users write; unroll calls it',
  'interop/keras:new KerasArrays': 'made by readKeras; a type alone',
  'kernels:createSampler().check': 'private',
  'kernels:createSampler().threadsFor': 'private',
  'kernels:createSampler().run': 'private',
  'kernels:new Sampler': 'made by createSampler',
  'kernels:tellFallback': 'called by the packages',
  'kernels:firstOrderCheckOf': 'called by the packages',
  'kernels:new StepPlanner': 'made by modelLoss',
  'kernels:isLayer': 'called by the packages',
  'kernels:canStep': 'called by the packages',
  'kernels:isStepActivation': 'called by the packages',
  'kernels:createSteps': 'called by stepper',
  'kernels:new Steps': 'made by stepper',
  'kernels:isKnownActivation': 'called by the packages',
  'sweeps:gridSampler().count': 'called by a study',
  'sweeps:gridSampler().from': 'called by a study',
  'sweeps:gridSampler().sample': 'called by a study',
  'sweeps:hyperbandPruner().shouldPrune': 'called by a study',
  'sweeps/database:folderStore()': 'called by a worker',
  'sweeps/database:s3Store': 'it asks a server',
  'cells:bridgedStates': 'called by the packages',
  'cells:fillDropoutMask': 'called by the packages',
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
 * Functions, or arguments of them, whose objects may have other properties: they take a part of a larger
 * record, or a record by name.
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

/** Values that a function takes though its declaration does not, by a pattern of its name and argument. */
export const ACCEPTED = [
  // An address is any object with one.
  [/workerUrl$/, ['object', 'another object', 'map', 'array', 'typed array']],
  // Each argument is one of the numbers.
  [/integers\.0$/, ['three', 'minus', 'zero']],
  // A loss that is NaN counts as no improvement, a factor as one that nothing gave.
  [/observe\.1$|factorInWords\.0$/, ['NaN']],
  // A question about any value has an answer: no.
  [
    /^(cells:(isCell|isManyToOne|structureOf)|kernels:(isRecurrent|isMinimal|hasFusedKernel|canStack|canSample))/,
    ANY,
  ],
  // Any record of numbers and texts.
  [/operator\.2$/, ['another object']],
  // NaN leaves a class out of the means.
  [/^metrics:.*zeroDivision$/, ['NaN']],
  // A trial whose loss is no number is given up, or fails.
  [/^sweeps:createStudy\(\)\.report\.2$/, ['NaN']],
  // A loss that is no number has a perplexity that is none.
  [/^losses:(bitsPerCharacter|perplexity)/, ['NaN']],
  // A Map has a size, which is all that pooling is told.
  [/^cells:(max|average)Pool[12]d\.0$/, ['map']],
  // Lengths are read one by one: a typed array has them as an array does.
  [/^cells:\w+\(\)\.unroll\.3\.lengths$/, ['typed array']],
  // A cell without random parts does not read the context of a step.
  [/^cells:attentionWrapper\(\)\.step\.3/, ANY],
];

/** Functions that fail with the system's own reason, which their callers put into words. */
export const SYSTEMS = /^errors\/node:/;
