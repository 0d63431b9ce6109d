import { TextBlock } from './text-block.ts'

/**
 * Memory to work in, shared by the results of a connection. Values are made a block at a time, in one go, and nothing in here
 * outlives the call that makes them.
 */
export class WorkMemory {
  #block: TextBlock | undefined

  /** Made when first needed: few results have decimals, dates or timestamps to write. */
  get block(): TextBlock {
    this.#block ??= new TextBlock()
    return this.#block
  }
}
