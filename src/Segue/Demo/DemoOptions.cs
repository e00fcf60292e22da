namespace Segue.Demo;

/// <param name="Engine">presto or trino.</param>
/// <param name="Script">The script that starts real engines, or null for the rehearsal.</param>
/// <param name="Json">The result as one object, the last line of the output; the steps go to the error stream.</param>
/// <param name="Stay">Leave all of it running at the end, until Ctrl-C.</param>
internal sealed record DemoOptions(string Engine, string? Script, bool Json, bool Stay);
