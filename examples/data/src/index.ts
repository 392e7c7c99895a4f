export { bestNearest, type Captioned, type Looking, nearest, scoreNames, scoreTexts, seen } from './baseline';
export { bitmapAddress } from './bitmap';
export { type Comparison, pairedBootstrap } from './bootstrap';
export { type Captioning, captioning, type Drawing, someDrawings } from './captioning';
export {
  ARTISTS,
  type Artist,
  type Emoji,
  type EmojiFolders,
  emojiPictures,
  fetchEmoji,
  LANGUAGES,
  type Language,
  listEmoji,
  type Picture,
  type Pictures,
  readNames,
} from './emoji';
export { type FetchOptions, fetchSource } from './fetch';
export { type Message, messages, readMessages, splitMessages, templateOf } from './messages';
export { endOf, languagesOf, learnNames, markOf, type Names, tokensOf } from './names';
export { nearestTargets, type Sourced } from './nearest-source';
export { type NumberName, numberNames } from './numbers';
export {
  movieReviews,
  movieSentences,
  type Opinion,
  opinionsOf,
  readOpinions,
  reviewsOf,
  sentencesOf,
  vaderLexicon,
} from './opinions';
export { ownDrawings } from './own-drawings';
export { ownPairs } from './own-pairs';
export { drawingOf, type Rasteriser, rasteriserIn } from './pictures';
export { type Prompt, promptLabels, promptsOf, spokenPrompts } from './prompts';
export { type Draw, redrawn } from './redraw';
export { learnSide, type Side, sideFrom, type TextUnit } from './side';
export { SOURCES, type Source } from './sources';
export { type Spelling, spellings, spellingsOf, splitSpellings } from './spelling';
export { type Split, splitByHash } from './split';
export { phonemesOf, SYNTHETIC_VOICES, syntheticSpeech } from './synthetic-speech';
export { readVowels, type Utterance, vowels } from './vowels';
