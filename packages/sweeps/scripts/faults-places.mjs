// The places of the workers of faults.mjs, whose connection to the server can be cut: behind a proxy on this
// host, or each in a separate network namespace. Also a disk for the server that can be filled.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { postgresAt } from './postgres-server.mjs';

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const call = (...words) => execFileSync(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
const NETWORK = '10.213.47';

/** Mounts a small disk at a folder, which needs root; undefined if it cannot be mounted. */
export function smallDisk(place) {
  try {
    call('mount', '-t', 'tmpfs', '-o', 'size=400M', 'tmpfs', place);
  } catch {
    return undefined;
  }
  const filler = path.join(place, 'filler');
  return {
    /** Fills the disk for `seconds` seconds. */
    async fill(seconds) {
      // Allocates pieces until one fails.
      for (const size of ['64M', '8M', '1M', '64K'])
        try {
          for (let n = 0; ; n++) call('fallocate', '-l', size, `${filler}-${size}-${n}`);
        } catch {
          // The disk is full for pieces of this size.
        }
      await wait(seconds);
      call('sh', '-c', `rm -f ${filler}-*`);
    },
    end: () => call('umount', '-l', place),
  };
}

/** One connection for all workers, through a proxy before the server's socket. */
export function proxied(place, postgres) {
  const linked = path.join(place, 'linked');
  mkdirSync(linked);
  const links = new Set();
  let until = 0;
  const proxy = net.createServer((client) => {
    const upstream = net.connect(postgres.socket);
    const ends = [client, upstream];
    links.add(ends);
    for (const [one, other] of [ends, [upstream, client]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        links.delete(ends);
      });
      one.on('data', (bytes) => {
        // While the connection is cut, sent bytes are lost without an error.
        if (performance.now() >= until) other.write(bytes);
      });
    }
  });
  proxy.listen(path.join(linked, '.s.PGSQL.5432'));
  return {
    address: postgresAt(linked),
    within: () => [],
    /** Cuts every connection: loses all bytes for `seconds` seconds, then closes the sockets. */
    cut(seconds) {
      until = performance.now() + 1000 * seconds;
      void wait(seconds).then(() => {
        for (const ends of links) for (const one of ends) one.destroy();
      });
    },
    end: () => proxy.close(),
  };
}

/**
 * Each worker as a separate host: a network namespace with a virtual cable to the server's bridge. Needs
 * root.
 */
export function namespaces(workers) {
  const bridge = `unf${process.pid % 10000}`;
  const nameOf = (n) => `${bridge}n${n}`;
  call('ip', 'link', 'add', bridge, 'type', 'bridge');
  call('ip', 'addr', 'add', `${NETWORK}.1/24`, 'dev', bridge);
  call('ip', 'link', 'set', bridge, 'up');
  for (let n = 0; n < workers; n++) {
    const name = nameOf(n);
    call('ip', 'netns', 'add', name);
    call('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    call('ip', 'link', 'set', name, 'master', bridge, 'up');
    call('ip', '-n', name, 'addr', 'add', `${NETWORK}.${n + 2}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) call('ip', '-n', name, 'link', 'set', device, 'up');
  }
  return {
    address: `postgres://postgres@${NETWORK}.1:5432/postgres`,
    /** The server's address, and the network that may connect. */
    listen: { address: `${NETWORK}.1`, trusted: `${NETWORK}.0/24` },
    within: (n) => ['ip', 'netns', 'exec', nameOf(n)],
    /** Cuts one worker's connection. */
    cut(seconds, n) {
      call('ip', 'link', 'set', nameOf(n), 'down');
      void wait(seconds).then(() => call('ip', 'link', 'set', nameOf(n), 'up'));
    },
    end() {
      for (let n = 0; n < workers; n++) call('ip', 'netns', 'del', nameOf(n));
      call('ip', 'link', 'del', bridge);
    },
  };
}
