using System.Threading.Channels;

namespace Segue.Server.Telemetry;

/// <summary>Writes lines behind the caller: a full pipe or a stopped terminal must not hold up a request, so lines past the bound are dropped and counted (I10).</summary>
internal sealed class LogSink : IDisposable
{
    internal const int Bound = 10_000;

    private static readonly TimeSpan FlushAtMost = TimeSpan.FromSeconds(2);

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(Bound) { SingleReader = true });
    private readonly TextWriter _output;
    private readonly Func<long, string> _droppedLine;
    private readonly Task _writing;
    private long _dropped;

    /// <param name="dropped">The line that says how many were dropped.</param>
    public LogSink(TextWriter output, Func<long, string> dropped)
    {
        _output = output;
        _droppedLine = dropped;
        _writing = WriteAllAsync();
    }

    public void Write(string line)
    {
        if (!_lines.Writer.TryWrite(line))
            Interlocked.Increment(ref _dropped);
    }

    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.Wait(FlushAtMost);
    }

    private async Task WriteAllAsync()
    {
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out var line))
                _output.WriteLine(line);
            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
                _output.WriteLine(_droppedLine(dropped));
            _output.Flush();
        }
    }
}
