export interface GuideFile {
  /** Relative to the reader's project. */
  readonly name: string;
  readonly content: string;
  /** The position in the guide where its block begins. */
  readonly at: number;
}
export function filesOf(text: string): GuideFile[];
export function guideFile(guide: string, name: string): string;
