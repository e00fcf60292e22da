using System.Buffers;
using System.IO.MemoryMappedFiles;
using Segue.Core.Configuration;
using Segue.Core.Recovery.Resuming;
using Segue.Server.Gateway.Pages;

namespace Segue.Server.Gateway.Resuming;

/// <summary>Places for more delivered rows than memory is for: a file without a name, whose room on disk is taken before it is used.</summary>
internal sealed unsafe class MappedSlots : MemoryManager<RowSlot>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly ResumeRoom _room;
    private readonly int _length;
    private byte* _first;

    /// <summary>Throws <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/> where there is no room.</summary>
    public MappedSlots(RowSpool spool, int length, RecoveryConfig limits)
    {
        _length = length;
        var bytes = (long)length * sizeof(RowSlot);
        _room = new ResumeRoom(spool, limits);
        _room.GrowTo(bytes);
        try
        {
            _file = MemoryMappedFile.CreateFromFile(spool.Open(bytes), null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            _room.Dispose();
            throw;
        }
        _view = _file.CreateViewAccessor(0, bytes);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
    }

    public override Span<RowSlot> GetSpan() => new(_first, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new((RowSlot*)_first + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing || _first is null)
            return;
        _first = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _room.Dispose();
    }
}
