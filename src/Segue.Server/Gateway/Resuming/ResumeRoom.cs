using Segue.Core.Configuration;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Resuming;

/// <summary>The room on disk of one file of delivered rows, or of rows that are compared with them (R7).</summary>
internal sealed class ResumeRoom(RowSpool files, RecoveryConfig limits) : IDisposable
{
    private long _taken;

    /// <summary>Throws <see cref="IOException"/> where all of them together would take too much.</summary>
    /// <param name="bytes">Of the file in all.</param>
    public void GrowTo(long bytes)
    {
        var more = bytes - _taken;
        if (more <= 0)
            return;
        if (files.Resuming.TryTake(more, limits.ResumeMaxBytes, limits.Spool.KeepFree) is { } full)
            throw new IOException(full);
        _taken = bytes;
    }

    public void Dispose()
    {
        files.Resuming.GiveBack(_taken);
        _taken = 0;
    }
}
