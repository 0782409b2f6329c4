using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using YarpWs.Platform.Settings;

namespace YarpWs.Gateway.Telemetry.AccessLogs;

/// <summary>
/// A file that lines are appended to, by whichever process writes to it. Whether it still has its name is looked at before each write: one that was renamed or taken
/// away is opened anew, one that was cut goes on from its new end. It blocks, and so belongs to the thread of a <see cref="LineWriter"/>. What cannot be written is
/// lost and counted, said once when that begins and once when it is over.
/// </summary>
/// <param name="path">Absolute.</param>
/// <param name="key">The key under which the name stands, for the line that says that it cannot be used.</param>
/// <param name="lost">Is told how many lines were lost.</param>
/// <param name="logger">Is told of failures.</param>
internal sealed class LogFile(string path, string key, Action<long> lost, ILogger logger) : Stream
{
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int NoTerminal = 0x100;
    private const int AtItsEnd = 0x400;
    private const int CloseOnExec = 0x80000;

    /// <summary>0640: lines tell of persons.</summary>
    private const int Mode = 0x1A0;

    private SafeFileHandle? _handle;

    /// <summary>What the system calls the open file.</summary>
    private string _place = "";

    /// <summary>Whether the last write may have left a part of a line.</summary>
    private bool _isTorn;

    private long _lost;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Opens it, so that a name that cannot be used stops the start.</summary>
    /// <exception cref="InvalidSettingException">It cannot be opened.</exception>
    public void OpenOrThrow()
    {
        try
        {
            Open();
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw new InvalidSettingException(key, $"'{path}' cannot be written ({exception.Message}); expected a file in a folder that is there, which this user may write.");
        }
    }

    /// <param name="buffer">Whole lines.</param>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            var handle = Current();
            if (_isTorn)
            {
                Append(handle, "\n"u8);
                _isTorn = false;
            }

            _isTorn = true;
            Append(handle, buffer);
            _isTorn = false;
        }
        catch (Exception exception) when (IsFault(exception))
        {
            Lose(buffer.Count((byte)'\n'), exception);
            return;
        }

        if (_lost > 0)
        {
            logger.AccessLogWritten(path, _lost);
            _lost = 0;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _handle?.Dispose();
        _handle = null;
        base.Dispose(disposing);
    }

    private static bool IsFault(Exception exception) => exception is IOException or UnauthorizedAccessException or Win32Exception;

    private void Lose(long lines, Exception exception)
    {
        if (_lost == 0)
        {
            logger.AccessLogFails(path, exception.Message);
        }

        _lost += lines;
        lost(lines);

        // Perhaps another one can be written that has the name by then.
        _handle?.Dispose();
        _handle = null;
    }

    private SafeFileHandle Current()
    {
        if (_handle is null || (OperatingSystem.IsLinux() ? PlaceOf(_handle) != _place : !File.Exists(path)))
        {
            Open();
        }

        return _handle!;
    }

    private void Open()
    {
        _handle?.Dispose();
        _handle = null;
        if (!OperatingSystem.IsLinux())
        {
            _handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return;
        }

        var handle = OpenAtItsEnd(path, WriteOnly | Create | NoTerminal | AtItsEnd | CloseOnExec, Mode);
        if (handle.IsInvalid)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        (_handle, _place) = (handle, PlaceOf(handle));
    }

    /// <summary>On Linux the system appends whatever the offset says, so that two processes do not write over each other's lines (open(2), O_APPEND).</summary>
    private static void Append(SafeFileHandle handle, ReadOnlySpan<byte> lines) =>
        RandomAccess.Write(handle, lines, OperatingSystem.IsLinux() ? 0 : RandomAccess.GetLength(handle));

    /// <summary>Another one once the file has another name, or none.</summary>
    private static string PlaceOf(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget ?? "";

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern SafeFileHandle OpenAtItsEnd([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, int mode);
}
