/** A database's address, and the part of it that may be shown. */
import { quoted } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';

/** Whether an address names a Postgres server; any other text is a directory for PGlite. */
export const isServer = (address: string) => /^postgres(ql)?:\/\//i.test(address);

/**
 * An address without user, password and options, as it may be printed: `db.example:5432/sweeps`, or the
 * directory.
 */
export function placeOf(address: string): string {
  checkKind('placeOf', 'the address', address, 'string');
  if (!isServer(address)) return address;
  try {
    const { host, pathname } = new URL(address);
    return `${host || 'localhost'}${decodeURIComponent(pathname)}`;
  } catch {
    return 'the address that was given';
  }
}

/** A text without the secrets of an address or the password of the environment. */
export function withoutSecrets(text: string, address: string): string {
  const secrets = [process.env.PGPASSWORD, ...secretsOf(address)].filter((one): one is string => !!one);
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function secretsOf(address: string): string[] {
  if (!isServer(address)) return [];
  // By pattern and not by URL, so it is also found in a malformed address.
  const written = [
    /^\w+:\/\/[^:/?#]*:(.*)@/.exec(address)?.[1],
    ...[...address.matchAll(/[?&]\w*password=([^&]*)/gi)].map(([, value]) => value),
  ];
  return written.flatMap((one) => (one ? [one, decoded(one)] : [])).flatMap((one) => [address, one]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Refuses an invalid address, before a library does so in a message that contains it. */
export function checkAddress(scope: string, address: string): void {
  const refuseIt = (got: string) =>
    refuse(scope, {
      expected: 'the address of a database',
      got,
      remedy: 'postgres://user@host:5432/name, or a directory for PGlite',
    });
  if (address.trim() === '') refuseIt('an empty text');
  if (!isServer(address)) {
    // With a misspelt scheme the address would be taken for a directory, whose name would contain the
    // password.
    if (/^[a-z][\w+.-]*:\/\//i.test(address))
      refuseIt(`one that begins with ${quoted(address.split('://')[0]!)}`);
    return;
  }
  try {
    new URL(address);
  } catch {
    refuseIt('one that is no URL: a password may need %-signs');
  }
}
