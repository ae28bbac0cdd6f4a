using System;
using System.Numerics;

namespace DeepLabDsl.Cli.Demo;

/// <content>Sky, clouds, hills, grass and road.</content>
internal sealed partial class DemoScene
{
    private void DrawSky()
    {
        _canvas.Fill(0, 0, _width, _height, Sky, (_, _) => true, (_, y) =>
            Vector3.Lerp(_light.Zenith, _light.Horizon, MathF.Pow(Math.Clamp(y / _horizon, 0, 1), 0.85f)));

        if (_light.SunHeight > 0)
        {
            var x = _width * (_light.SunSide < 0 ? Between(0.06f, 0.42f) : Between(0.58f, 0.94f));
            var y = _horizon * (1 - _light.SunHeight);
            var radius = _height * Between(0.030f, 0.045f);
            _canvas.Tint(0, 0, _width, _horizon, _light.Sun, (px, py) =>
            {
                var distance = MathF.Sqrt((px - x) * (px - x) + (py - y) * (py - y)) / radius;
                return distance < 1 ? 1 : 0.6f * MathF.Exp(-(distance - 1) * 0.55f);
            });
        }

        var clouds = _random.Next(_light.Clouds, _light.Clouds + 4);
        for (var i = 0; i < clouds; i++)
            DrawCloud(Between(-0.05f, 1.05f) * _width, Between(0.08f, 0.72f) * _horizon, Between(0.07f, 0.17f) * _width);
    }

    private void DrawCloud(float x, float y, float size)
    {
        var puffs = new (float X, float Y, float Radius)[_random.Next(5, 9)];
        for (var i = 0; i < puffs.Length; i++)
        {
            var along = 2f * i / (puffs.Length - 1) - 1;
            var radius = size * (0.42f - 0.22f * along * along) * Between(0.75f, 1.2f);
            puffs[i] = (x + along * size, y - radius * 0.45f, radius);
        }
        var strength = Between(0.65f, 0.95f);
        float Cover(float px, float py, float grow)
        {
            var cover = 0f;
            foreach (var puff in puffs)
            {
                var dx = (px - puff.X) / (puff.Radius * grow);
                var dy = (py - puff.Y) / (puff.Radius * grow * 0.8f);
                cover = Math.Max(cover, 1 - (dx * dx + dy * dy));
            }
            var flat = Math.Clamp((y + size * 0.12f - py) / (size * 0.12f), 0, 1);
            return Math.Clamp(cover * 2.2f, 0, 1) * flat;
        }
        var (left, top, right, bottom) = (x - size * 1.7f, y - size, x + size * 1.7f, y + size * 0.2f);
        _canvas.Tint(left, top, right, Math.Min(bottom, _horizon), _light.CloudShade, (px, py) => strength * Cover(px, py, 1));
        _canvas.Tint(left, top, right, Math.Min(bottom, _horizon), _light.Cloud, (px, py) =>
            strength * Cover(px - _light.SunSide * size * 0.05f, py + size * 0.09f, 0.92f));
    }

    private void DrawHills()
    {
        for (var layer = 0; layer < 2; layer++)
        {
            var rise = _height * (layer == 0 ? Between(0.08f, 0.17f) : Between(0.03f, 0.08f));
            var phase = (Between(0, 6.3f), Between(0, 6.3f), Between(0, 6.3f));
            var waves = (Between(1.2f, 2.6f), Between(3, 5.5f), Between(8, 13));
            var ground = Vary(layer == 0 ? new Vector3(.32f, .42f, .46f) : new Vector3(.30f, .44f, .30f), 0.15f);
            var color = Vector3.Lerp(_light.Shine(ground), _light.Horizon, layer == 0 ? 0.42f : 0.22f);
            float Top(float x)
            {
                var u = x / _width * 6.2832f;
                var wave = 0.55f + 0.28f * MathF.Sin(u * waves.Item1 / 2 + phase.Item1)
                    + 0.13f * MathF.Sin(u * waves.Item2 / 2 + phase.Item2) + 0.04f * MathF.Sin(u * waves.Item3 / 2 + phase.Item3);
                return _horizon + 1 - rise * wave;
            }
            var seed = _noise + (uint)layer;
            _canvas.Fill(0, _horizon - rise * 1.1f, _width, _horizon + 2, Hill, (x, y) => y >= Top(x), (x, y) =>
            {
                var slope = (Top(x + 1) - Top(x - 1)) * _light.SunSide * -0.10f;
                var forest = (ValueNoise.At(seed, x * 60 / _width, y * 90 / _height) - 0.5f) * 0.16f;
                return color * (1 + slope + forest);
            });
        }
    }

    private void DrawGround()
    {
        var grass = Vary(new Vector3(.36f, .54f, .22f), 0.18f);
        var dry = Vector3.Lerp(grass, new Vector3(.66f, .60f, .32f), 0.55f);
        _canvas.Fill(0, _horizon, _width, _height, Grass, (_, y) => y >= _horizon, (x, y) =>
        {
            var nearness = Math.Max(0.01f, NearnessOf(y));
            var across = (x - _width / 2) / nearness;
            var patch = ValueNoise.At(_noise + 11, across * 9 / _width, 5 / nearness);
            var blades = ValueNoise.At(_noise + 12, x * 200 / _width, y * 150 / _height) - 0.5f;
            var color = Vector3.Lerp(grass, dry, Math.Clamp(patch * 1.5f - 0.35f, 0, 1));
            return Haze(_light.Shine(color * (0.95f + blades * (0.12f + 0.28f * nearness))), nearness);
        });

        var asphalt = Vary(new Vector3(.36f, .36f, .38f), 0.14f);
        var paint = new Vector3(.90f, .89f, .84f);
        var middle = _random.NextBool(0.3) ? new Vector3(.92f, .74f, .20f) : paint;
        var phase = Between(0, 1);
        _canvas.Fill(0, _horizon, _width, _height, Road, (x, y) =>
        {
            var nearness = NearnessOf(y);
            return nearness > 0.004f && Math.Abs(x - MiddleOf(nearness)) < RoadHalfWidth * PixelsPerMetre(nearness);
        }, (x, y) =>
        {
            var nearness = NearnessOf(y);
            var metres = (x - MiddleOf(nearness)) / PixelsPerMetre(nearness);
            var grain = ValueNoise.At(_noise + 21, x * 260 / _width, y * 200 / _height) - 0.5f;
            var wear = ValueNoise.At(_noise + 22, metres * 0.9f, 3 / nearness) - 0.5f;
            var color = asphalt * (1 + grain * 0.22f + wear * 0.16f);
            var dash = 0.9f / nearness + phase;
            if (Math.Abs(Math.Abs(metres) - (RoadHalfWidth - 0.28f)) < 0.09f)
                color = Vector3.Lerp(color, paint, 0.85f);
            else if (Math.Abs(metres) < 0.10f && dash - MathF.Floor(dash) < 0.55f)
                color = Vector3.Lerp(color, middle, 0.9f);
            return Haze(_light.Shine(color), nearness);
        });
    }
}
