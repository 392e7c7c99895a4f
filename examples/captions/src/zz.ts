import { quietTensorflow } from '@unrolled/app-shared';
import * as nn from '@unrolled/cells';
import * as tf from '@tensorflow/tfjs-core';
import { captioning } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { look, caption } from './network';
import { openCaptioner } from './runs';
await quietTensorflow();
const cap = await openCaptioner(process.argv[2]!);
const task = await captioning(cap.settings.unseen, 32);
await selectBackend('auto', { units: 256 });
for (const [n, set] of [['unseen', task.unseen], ['twemoji', task.known[0]!]] as const) {
  let right = 0, named = 0, both = 0;
  const said = caption(cap, set, cap.names.languages[0]!, 1).map(({ ids }) => cap.names.side.decode(ids));
  for (let s = 0; s < set.length; s += 128) tf.tidy(() => {
    const { kind } = look(cap.model, cap.params, set.slice(s, s + 128));
    tf.argMax(kind, 2).dataSync().forEach((k, i) => { const r = k === s + i; const m = said[s + i] === task.emoji[s + i]!.names[cap.names.languages[0]!]; if (r) right++; if (m) named++; if (r && m) both++; });
  });
  console.log(n, 'emoji', right / set.length, 'named', named / set.length, 'both', both / set.length);
}
