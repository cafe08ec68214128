// Requests to the server. Each says all that its answer depends on.

/** Send data and return the answer, or throw an error with what the server said. */
async function post(path, data) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(data) });
  if (answer.ok) return answer;
  let reason = `the server answered ${answer.status}`;
  if (answer.headers.get("content-type")?.startsWith("application/json")) reason = (await answer.json()).error;
  throw new Error(reason);
}

export const ask = async (path, data = {}) => (await post(path, data)).json();
export const askText = async (path, data) => (await post(path, data)).text();

/** Ask for pictures with their masks: greys, and a bit of each class per pixel in planes of eight classes. */
export async function askPictures(path, data) {
  const content = await (await post(path, data)).arrayBuffer();
  const length = new DataView(content).getUint32(0, true);
  const facts = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, length)));
  const pixels = facts.height * facts.width;
  const masks = Math.ceil(facts.classes.length / 8) * pixels;
  return Array.from({ length: facts.depth }, (_, z) => {
    const grey = new Uint8Array(content, 4 + length + z * pixels, pixels);
    const bits = new Uint8Array(content, 4 + length + facts.depth * pixels + z * masks, masks);
    const has = (place, pixel) => (bits[(place >> 3) * pixels + pixel] >> (place & 7)) & 1;
    return { ...facts, grey, has };
  });
}
