// npm start: trains a small character model on the bundled text, then prints samples.
import { endLike } from './lib.mjs';
import { runApp } from './run-app.mjs';

endLike(await runApp('char-rnn', ['train', '--quick', ...process.argv.slice(2)]));
