/**
 * A page's Worker that trains. It answers one message with the digests for the requested number of threads,
 * or with its error.
 */
import { type Digests, digests } from './digests';

export type Answer = Digests | { error: string };

const worker = globalThis as unknown as {
  onmessage: (event: { data: number }) => void;
  postMessage(answer: Answer): void;
};
worker.onmessage = ({ data: threads }) => {
  digests(threads).then(
    (answer) => worker.postMessage(answer),
    (error: unknown) => worker.postMessage({ error: String(error) }),
  );
};
