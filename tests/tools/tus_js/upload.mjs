// One upload with the public client: node upload.mjs FOLDER < options as JSON.
// FOLDER holds node_modules. Prints {"retries": n} at the end, or the error, and exits with 1.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const tus = createRequire(`${process.argv[2]}/`)("tus-js-client");
const { endpoint, token, sha256, path, more } = JSON.parse(readFileSync(0, "utf8"));
let retries = 0;

const upload = new tus.Upload(readFileSync(path), {
  endpoint,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { sha256 },
  retryDelays: Array(60).fill(20),
  storeFingerprintForResuming: false,
  onShouldRetry: (error, attempt, options) => {
    retries += 1;
    const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
    return status < 400 || status >= 500 || status === 409 || status === 423;
  },
  onError: (error) => {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess: () => console.log(JSON.stringify({ retries })),
  ...more,
});
upload.start();
