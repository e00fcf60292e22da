using System.CommandLine;
using Segue.Bench;

return await new RootCommand("Measures what the docs say of Segue; each figure is for this machine, as loaded as it was.")
{
    FailoverCommand.Create(),
    MembersCommand.Create(),
    ReadsCommand.Create(),
    ScenariosCommand.Create(),
    SlowReaderCommand.Create(),
    TapCommand.Create(),
    WritesCommand.Create(),
}.Parse(args).InvokeAsync();
