using System.CommandLine;
using Segue;

var root = new RootCommand("Keeps a Presto or Trino cluster answering when its coordinator dies.");
foreach (var command in Commands.All)
    root.Add(command);
return await root.Parse(args).InvokeAsync();
