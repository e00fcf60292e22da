using System.CommandLine;
using Segue;

return await new RootCommand("Keeps a Presto or Trino cluster answering when its coordinator dies.")
{
    StatusCommand.Create(),
    VersionCommand.Create(),
}.Parse(args).InvokeAsync();
