export interface GuideFile {
  /** Relative to the reader's project. */
  readonly name: string;
  readonly content: string;
  /** Where its block begins in the guide. */
  readonly at: number;
}
export function filesOf(text: string): GuideFile[];
export function guideFile(guide: string, name: string): string;
