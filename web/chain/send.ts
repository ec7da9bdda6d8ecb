/** A transaction sent, and in a block; its hash. */
export async function settled(sending: PromiseLike<unknown>): Promise<string> {
  const response = (await sending) as { hash: string; wait: () => Promise<unknown> };
  await response.wait();
  return response.hash;
}
