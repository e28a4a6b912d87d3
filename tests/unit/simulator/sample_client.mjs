// The client that the service's documentation shows. Arguments: BASE_URL PATH MODEL FILE; the film goes to FILE.
import { writeFile } from "node:fs/promises";

const [baseUrl, path, model, file] = process.argv.slice(2);
const headers = { Authorization: "Bearer sk-sample-client", "Content-Type": "application/json" };

async function call(url, options = {}) {
  const response = await fetch(url, { headers, ...options });
  if (!response.ok) throw new Error(`Error: ${response.status} - ${await response.text()}`);
  return response.json();
}

const task = await call(baseUrl + path, {
  method: "POST",
  body: JSON.stringify({ model, prompt: "A menacing evil dragon appears in a distance" }),
});
console.log("Generation ID:", task.id);

const end = Date.now() + 60_000;
for (;;) {
  const state = await call(`${baseUrl}${path}?${new URLSearchParams({ generation_id: task.id })}`);
  console.log("Status:", state.status);
  if (state.status === "completed") {
    const film = await fetch(state.video.url);
    await writeFile(file, Buffer.from(await film.arrayBuffer()));
    break;
  }
  if (state.status === "error" || Date.now() > end) throw new Error(JSON.stringify(state));
  await new Promise((resolve) => setTimeout(resolve, 100));
}
