import type { NameScope } from 'e6data-connector'
import type { TextFormatName } from '../output/formats.ts'
import type { FileSink } from '../output/sink.ts'

/** What can be changed while the shell runs. */
export interface ShellSettings {
  /** Where names are looked up; what is absent is the connection's own. */
  scope: NameScope
  format: TextFormatName
  /** Whether tables are written as records below each other: always, never, or when they don't fit. */
  expanded: 'on' | 'off' | 'auto'
  timing: boolean
  pager: boolean
  /** Where results go instead of the screen. */
  output: { readonly path: string; readonly sink: FileSink } | undefined
}

/** The format that results are written in now. */
export function effectiveFormat({ format, expanded }: Pick<ShellSettings, 'format' | 'expanded'>): TextFormatName {
  return format === 'table' && expanded === 'on' ? 'vertical' : format
}
