import type { NameScope } from 'e6data-connector'
import type { TextFormatName } from '../output/formats.ts'
import type { FileSink } from '../output/sink.ts'

/** The settings that can change while the shell runs. */
export interface ShellSettings {
  /** Catalog and schema of unqualified names. @default those of the connection */
  scope: NameScope
  format: TextFormatName
  /** Whether tables are written as records below each other: always, never, or when they don't fit. */
  expanded: 'on' | 'off' | 'auto'
  timing: boolean
  pager: boolean
  /** The file for results, instead of the screen. */
  output: { readonly path: string; readonly sink: FileSink } | undefined
}

/** The current format of results. */
export function effectiveFormat({ format, expanded }: Pick<ShellSettings, 'format' | 'expanded'>): TextFormatName {
  return format === 'table' && expanded === 'on' ? 'vertical' : format
}
