// Entry of `npm start` and `npm test`. Uses no module and no recent syntax, so that an old Node can say what is wrong.
const oldestMajor = 20;

if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
  console.error(
    `thoth-mesh needs Node ${oldestMajor} or newer to set itself up, and this is ${process.version}.\n` +
      "  hint install a supported release from your system's packages or https://nodejs.org, then run the command again",
  );
  process.exitCode = 1;
} else {
  import("./launch.mjs")
    .then((module) => module.launch(process.argv.slice(2)))
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
}
