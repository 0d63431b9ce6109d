import { ZoneTable } from '../types/zones.ts'
import { columnNames } from './column-names.ts'
import { DateTexts } from './date-texts.ts'
import type { Field } from './field.ts'
import { type AssembleRows, isWorthCompiling, RowAssembler } from './row-assembly.ts'
import type { TextBlock } from './text-block.ts'
import type { WorkMemory } from './work-memory.ts'

/** What the batches of one result share: their columns, and what is worth keeping from one batch to the next. */
export class ResultSchema {
  /** The names columns go by in rows: the fields' names, with repeated ones numbered. */
  readonly names: readonly string[]
  readonly zones = new ZoneTable()
  readonly rows: RowAssembler
  readonly dates = new DateTexts()

  constructor(
    readonly fields: readonly Field[],
    private readonly memory: WorkMemory,
  ) {
    this.names = columnNames(fields)
    this.rows = new RowAssembler(this.names)
  }

  /** How `count` rows are made as objects that the program keeps. */
  keptObjects(count: number): AssembleRows {
    const { names, memory, rows } = this
    return isWorthCompiling(count, names) ? memory.keptRows.assembler(names, count) : rows.objects(count)
  }

  /** Memory to work in. Nothing in it outlives the call that uses it. */
  get block(): TextBlock {
    return this.memory.block
  }
}
