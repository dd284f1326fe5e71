interface Order { article: string; items: number }

declare function stock(article: string): number;

export async function price({ article, items }: Order): Promise<number> {
  if (items > stock(article)) throw new RangeError(`only ${stock(article)} ${article} are left`);
  return items * 2.5;
}
