// The versions of the package whose workers faults.mjs runs at the same time: copies of the build, each with
// the scripts that it runs.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const home = path.join(import.meta.dirname, '..');
/** A release of pg-boss whose tables have another version than those of the installed one. */
const OTHER_BOSS = '12.35.0';

/**
 * Makes the copies in a folder.
 *
 * - `ours`: the build.
 * - `next`: another version with the same tables, which polls and sends heartbeats twice as often. It must be
 *   served.
 * - `tables`: a version whose own tables have the next format. It must be refused.
 * - `jobs`: a version with an older pg-boss, fetched by npm. It must be refused; undefined if npm cannot
 *   fetch it.
 *
 * @returns for each the file of its worker, and the message with which it is refused
 */
export function versionsIn(place) {
  const packages = ['@unrolled/errors', '@electric-sql/pglite', 'pure-rand'];
  linkAll([...packages, 'pg', 'pg-boss'], place);
  const copied = (name, changes = {}) => {
    const folder = path.join(place, name);
    mkdirSync(folder);
    cpSync(path.join(home, 'dist'), path.join(folder, 'dist'), { recursive: true });
    for (const script of ['faults-worker.mjs', 'faults-study.mjs'])
      cpSync(path.join(import.meta.dirname, script), path.join(folder, 'scripts', script));
    cpSync(path.join(home, 'package.json'), path.join(folder, 'package.json'));
    const built = path.join(folder, 'dist', 'database.js');
    const text = Object.entries(changes).reduce(
      (before, [from, to]) => {
        if (!before.includes(from)) throw new Error(`the build lacks ${from}`);
        return before.replace(from, to);
      },
      readFileSync(built, 'utf8'),
    );
    writeFileSync(built, text);
    return path.join(folder, 'scripts', 'faults-worker.mjs');
  };
  const ours = copied('ours');
  const next = copied('next', { 'beat: 5': 'beat: 2.5', 'poll: 2': 'poll: 1' });
  const tables = copied('tables', { 'FORMAT = 1': 'FORMAT = 2' });
  const jobs = copied('jobs');
  const all = {
    ours: { worker: ours },
    next: { worker: next },
    tables: {
      worker: tables,
      refusal: /expected studies of format 2 in .*, got format 1: install the version/,
    },
    jobs: { worker: jobs, refusal: /as this version of pg-boss has them, got those of another version/ },
  };
  try {
    const folder = path.join(place, 'jobs');
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }\n');
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const wanted = [`pg-boss@${OTHER_BOSS}`, '@opentelemetry/api@1.9.0'];
    execFileSync('npm', ['install', '--prefix', folder, ...flags, ...wanted], {
      cwd: folder,
      stdio: 'ignore',
    });
    linkAll(packages, folder);
    return all;
  } catch {
    return { ...all, jobs: undefined };
  }
}

/**
 * Makes our packages available in a folder. The packages of this checkout are copied, because a build
 * replaces them.
 */
function linkAll(names, folder) {
  for (const name of names) {
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    const own = realpathSync(path.join(home, 'node_modules', name));
    if (!name.startsWith('@unrolled/')) {
      symlinkSync(own, link);
      continue;
    }
    for (const part of ['dist', 'package.json'])
      cpSync(path.join(own, part), path.join(link, part), { recursive: true });
  }
}
