using BenchmarkDotNet.Attributes;

namespace FaceId.Benchmarks;

/// <summary>The stages of the face engine on one thread.</summary>
[InProcess]
[MemoryDiagnoser]
public class EngineBenchmarks : IDisposable
{
    private Subject _vga = null!;
    private Subject _fullHd = null!;

    [GlobalSetup]
    public void Load()
    {
        _vga = new Subject(640, 480);
        _fullHd = new Subject(1920, 1080);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _vga.Dispose();
        _fullHd.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Encode() => _vga.Encode();

    [Benchmark]
    public void LandmarksAndChip() => _vga.LandmarksAndChip();

    [Benchmark]
    public void SecondNetwork() => _vga.Feature();

    [Benchmark]
    public object TemplateOfBothNetworks() => _vga.Template();

    [Benchmark]
    public float PassiveLiveness() => _vga.PassiveOfPhoto();

    [Benchmark]
    public void DetectVgaCoarse() => _vga.DetectCoarse();

    [Benchmark]
    public void DetectVgaThorough() => _vga.DetectThorough();

    [Benchmark]
    public void Detect1080pCoarse() => _fullHd.DetectCoarse();

    [Benchmark]
    public void Detect1080pThorough() => _fullHd.DetectThorough();

    [Benchmark]
    public object PipelineVga() => _vga.Pipeline(thorough: false);

    [Benchmark]
    public object PipelineVgaToTemplate() => _vga.PipelineToTemplate();

    [Benchmark]
    public object PipelineVgaThorough() => _vga.Pipeline(thorough: true);
}
