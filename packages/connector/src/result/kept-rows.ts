import { type AssembleRows, compiledAssembler, interpretedAssembler } from './row-assembly.ts'

interface Factory {
  assemble: AssembleRows
  made: number
  renewAt: number
}

/** A factory that has made so many rows is renewed for the first time, and again each time the number has doubled. */
const FIRST_RENEWAL = 65_536
/** More shapes than these are not remembered. */
const MOST_SHAPES = 64

/**
 * Makes rows that the program keeps, by one factory for all results of a shape. V8 puts objects of a place in the code that
 * outlive its collections straight into the old generation, where they are not copied. It decides that by what a factory
 * makes before it is optimized, and only while the young generation has its full size. A factory is therefore renewed from
 * time to time: the first one ran before there was anything to learn from.
 */
export class KeptRows {
  private readonly factories = new Map<string, Factory>()

  /** @param count how many rows are about to be made. */
  assembler(names: readonly string[], count: number): AssembleRows {
    const shape = JSON.stringify(names)
    const factory = this.factories.get(shape) ?? this.add(shape, names)
    if (factory.made >= factory.renewAt) {
      factory.assemble = assemblerOf(names)
      factory.renewAt = factory.made * 2
    }
    factory.made += count
    return factory.assemble
  }

  private add(shape: string, names: readonly string[]): Factory {
    if (this.factories.size >= MOST_SHAPES) this.factories.clear()
    const factory = { assemble: assemblerOf(names), made: 0, renewAt: FIRST_RENEWAL }
    this.factories.set(shape, factory)
    return factory
  }
}

function assemblerOf(names: readonly string[]): AssembleRows {
  return compiledAssembler(names) ?? interpretedAssembler(names)
}
