import { KeptRows } from './kept-rows.ts'
import { TextBlock } from './text-block.ts'

/**
 * State shared by the results of a connection: working memory, whose content is valid only during the call that makes
 * values in it, and the code that makes rows of one shape.
 */
export class WorkMemory {
  readonly keptRows = new KeptRows()
  #block: TextBlock | undefined

  /** Allocated on first use: few results have decimals, dates or timestamps to format. */
  get block(): TextBlock {
    this.#block ??= new TextBlock()
    return this.#block
  }
}
