/**
 * The two mel scales: HTK's formula (Young et al., The HTK Book), and Slaney's Auditory Toolbox (1998),
 * linear below 1,000 Hz.
 */

export type MelScale = 'slaney' | 'htk';

const [LINEAR, CORNER, STEP] = [200 / 3, 1000, Math.log(6.4) / 27];

/** Hertz to mel. */
export function hertzToMel(hertz: number, scale: MelScale): number {
  if (scale === 'htk') return 2595 * Math.log10(1 + hertz / 700);
  return hertz < CORNER ? hertz / LINEAR : CORNER / LINEAR + Math.log(hertz / CORNER) / STEP;
}

/** Mel to hertz. */
export function melToHertz(mel: number, scale: MelScale): number {
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1);
  const corner = CORNER / LINEAR;
  return mel < corner ? mel * LINEAR : CORNER * Math.exp(STEP * (mel - corner));
}
