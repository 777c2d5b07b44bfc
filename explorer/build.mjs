// Bundles GraphiQL into ../target/explorer, from where build.rs embeds it into the binary:
// index.html, and in assets/ each file that it loads, named by a digest of its content, with a
// gzipped copy.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../target/explorer');
// The bundle is written here and then renamed, so that an interrupted build leaves no partial one.
const draft = `${out}.draft`;

/** Bundles the scripts and styles; returns the files as `{ name: bytes }` and their packages. */
async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: { explorer: 'src/main.jsx', 'explorer-style': 'src/explorer.css' },
    outdir: 'out',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    legalComments: 'none', // licences.txt has the full texts
    alias: { 'react-style-singleton': './src/style-singleton.js' },
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.USE_IMPORT': '"true"' },
    logLevel: 'warning',
  });
  const contents = extension =>
    result.outputFiles.find(file => extname(file.path) === extension).contents;
  const packages = new Set(
    Object.keys(result.metafile.inputs)
      .map(path => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0])
      .filter(Boolean),
  );
  return {
    files: { 'explorer.js': contents('.js'), 'explorer.css': contents('.css') },
    packages: [...packages].sort(),
  };
}

/** Returns the licence texts of the bundled packages, which their licences require to include. */
async function licences(packages) {
  const texts = packages.map(async folder => {
    const about = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'));
    const name = (await readdir(join(here, folder))).find(file => /^licen[cs]e/i.test(file));
    const text = name ? await readFile(join(here, folder, name), 'utf8') : '';
    return `${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
  });
  return `The explorer contains these packages.\n\n${(await Promise.all(texts)).join('\n----\n\n')}`;
}

/** Writes the asset and its gzipped copy; returns the path that it is served at. */
async function writeAsset(name, content) {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const extension = extname(name);
  const hashed = `${name.slice(0, -extension.length)}-${digest}${extension}`;
  await writeFile(join(draft, 'assets', hashed), content);
  await writeFile(join(draft, 'assets', `${hashed}.gz`), gzipSync(content, { level: 9 }));
  return `/explorer/assets/${hashed}`;
}

const { files, packages } = await bundle();
files['icon.svg'] = await readFile(join(here, 'src/icon.svg'));
files['licences.txt'] = await licences(packages);

await rm(draft, { recursive: true, force: true });
await mkdir(join(draft, 'assets'), { recursive: true });
let page = await readFile(join(here, 'src/index.html'), 'utf8');
for (const [name, content] of Object.entries(files)) {
  page = page.replaceAll(`%${name}%`, await writeAsset(name, content));
}
await writeFile(join(draft, 'index.html'), page);
await rm(out, { recursive: true, force: true });
await rename(draft, out);
