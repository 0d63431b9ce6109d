import { KeptRows } from './kept-rows.ts'
import { TextBlock } from './text-block.ts'

/**
 * What the results of a connection share: memory to work in, of which nothing outlives the call that makes values in it,
 * and the code that makes rows of one shape.
 */
export class WorkMemory {
  readonly keptRows = new KeptRows()
  #block: TextBlock | undefined

  /** Made when first needed: few results have decimals, dates or timestamps to write. */
  get block(): TextBlock {
    this.#block ??= new TextBlock()
    return this.#block
  }
}
