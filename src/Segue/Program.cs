using System.CommandLine;
using Segue;

return await new RootCommand("Segue keeps a Presto or Trino cluster answering when its coordinator dies.")
{
    CheckCommand.Create(),
}.Parse(args).InvokeAsync();
