// Either side of a PouchDB replication for peer_pouchdb.py: answers each JSON line with one. Argument: a folder.
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const PouchDB = require("pouchdb");

const folder = process.argv[2];
const Local = PouchDB.defaults({ prefix: folder + path.sep });
let database;

async function listen() {
  const app = require("express")();
  app.use("/", require("express-pouchdb")(Local, { logPath: path.join(folder, "log.txt"),
    configPath: path.join(folder, "config.json") }));
  database = new Local("cases");
  await database.info();
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

async function join({ port }) {
  database = new Local("cases");
  await database.put({ _id: "first" });
  const remote = new PouchDB(`http://127.0.0.1:${port}/cases`);
  await database.replicate.to(remote);
  database.replicate.to(remote, { live: true, retry: true, back_off_function: () => 1000 });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return "joined";
}

async function put({ path: file }) {
  for (const one of JSON.parse(fs.readFileSync(file, "utf8"))) {
    await database.put({ _id: one.case_id, ...one });
  }
  return "put";
}

async function held() {
  return (await database.info()).doc_count;
}

const steps = { listen, join, put, held };
readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const order = JSON.parse(line);
  const answer = await steps[order.do](order);
  process.stdout.write(JSON.stringify(answer) + "\n");
});
