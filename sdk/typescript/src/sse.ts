// Server-sent events, as far as byokd sends them: their data, and comments as signs of life.

/** The data of each event in `pieces`, cut anywhere. `came` is called for each piece. */
export async function* eventsIn(pieces: AsyncIterable<Uint8Array>, came: () => void):
AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  for await (const piece of pieces) {
    came();
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) {
      const line = each.endsWith("\r") ? each.slice(0, -1) : each;
      if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      if (line !== "" || data.length === 0) continue;
      yield data.join("\n");
      data = [];
    }
  }
}
