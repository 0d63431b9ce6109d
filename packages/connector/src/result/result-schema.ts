import { ZoneTable } from '../types/zones.ts'
import { columnNames } from './column-names.ts'
import { DateTexts } from './date-texts.ts'
import type { Field } from './field.ts'
import { RowAssembler } from './row-assembly.ts'
import { TextBlock } from './text-block.ts'

/** What the batches of one result share: their columns, and what is worth keeping from one batch to the next. */
export class ResultSchema {
  /** The names columns go by in rows: the fields' names, with repeated ones numbered. */
  readonly names: readonly string[]
  readonly zones = new ZoneTable()
  readonly rows: RowAssembler
  readonly dates = new DateTexts()
  private scratch: TextBlock | undefined

  constructor(readonly fields: readonly Field[]) {
    this.names = columnNames(fields)
    this.rows = new RowAssembler(this.names)
  }

  /** Memory to work in. Nothing in it outlives the call that uses it. */
  get block(): TextBlock {
    this.scratch ??= new TextBlock()
    return this.scratch
  }
}
