/** What one item costs with another protocol. */
export interface RivalCost {
  readonly name: string;
  /** What an item is, and what the chain knows of it afterwards. */
  readonly item: string;
  readonly gasPerItem: number;
  readonly itemsPerCall: number;
}
